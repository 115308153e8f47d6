class Timed:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


def with_cart(get_response):
    def middleware(request):
        request.cart = 1
        return get_response(request)

    return middleware
