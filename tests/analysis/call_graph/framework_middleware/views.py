from django.views import View


def show(request):
    return request.cart


def other(request):
    return 2


class Show(View):
    def get(self, request):
        return request.cart
