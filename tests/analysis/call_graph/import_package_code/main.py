import shop


def run():
    return shop.READY


run()
