from django.views import View


def load(user):
    return user


class Show(View):
    def dispatch(self, request, *args, **kwargs):
        self.cart = load(request.user)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request):
        return self.shown()

    def post(self, request):
        return load(request.user)

    def shown(self):
        return self.cart
