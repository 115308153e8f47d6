from shop.web.routes import order

order()
