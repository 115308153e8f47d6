def outer():
    def middle():
        def leaf():
            return sibling()

        def sibling():
            return 1

        return leaf()

    return middle()


outer()
