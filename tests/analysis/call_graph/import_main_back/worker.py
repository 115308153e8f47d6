def work():
    import main

    return main.report()
