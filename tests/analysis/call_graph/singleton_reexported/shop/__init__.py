from shop.service import service as current
