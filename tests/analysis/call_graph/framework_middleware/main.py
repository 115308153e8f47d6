from django.urls import path

from middleware import Timed
from views import Show, other, show

MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "middleware.Timed", "middleware.with_cart"]
urlpatterns = [path("show", show), path("class", Show.as_view())]
