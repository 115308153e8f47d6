import shop.web.routes


def run():
    shop.web.routes.order()
    return shop.start()


run()
