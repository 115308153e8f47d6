def reserve():
    return 1
