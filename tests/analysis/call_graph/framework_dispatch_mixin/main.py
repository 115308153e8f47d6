from django.views.generic import View


class CartMixin:
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)


class Show(CartMixin, View):
    def get(self, request):
        return 1


class Drop(CartMixin, View):
    def delete(self, request):
        return 2
