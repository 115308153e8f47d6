"""Django REST framework: `initial()` before the method of a view, and what its generic views and serializers call.

From its source: `dispatch()` calls `initial()`, then the method of the request's verb or the action that the router chose;
`create()` of a generic view calls `perform_create()`, that `serializer.save()`, and that `create()` or `update()` of the serializer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from session_lint.clients.django_settings import is_atomic
from session_lint.clients.framework import Framework, Run, Wiring

_VIEWS = """
class APIView:
    def initial(self, request, *args, **kwargs):
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)

    def check_permissions(self, request):
        self.permission_classes[0]().has_permission(request, self)
        self.permission_classes[1]().has_permission(request, self)

    def dispatch(self, request, *args, **kwargs):
        self.request = request
        self.args = args
        self.kwargs = kwargs
        self.initial(request, *args, **kwargs)
        self.handler(request, *args, **kwargs)

    def respond(self, request, **kwargs):
        self.setup(request, **kwargs)
        self.dispatch(request, **kwargs)

class ViewSet(APIView):
    pass

class GenericAPIView(APIView):
    def get_object(self):
        self.filter_queryset(self.get_queryset())

    def get_serializer(self, *args, **kwargs):
        self.get_serializer_context()
        serializer = self.serializer_class(*args, **kwargs)
        return serializer

class GenericViewSet(GenericAPIView):
    pass
"""
_ACTIONS = {
    "create": """
    def create(self, request, *args, **kwargs):
        serializer = self.get_serializer()
        self.perform_create(serializer)

    def perform_create(self, serializer):
        serializer.save()
""",
    "list": """
    def list(self, request, *args, **kwargs):
        self.filter_queryset(self.get_queryset())
        self.get_serializer()
""",
    "retrieve": """
    def retrieve(self, request, *args, **kwargs):
        self.get_object()
        self.get_serializer()
""",
    "update": """
    def update(self, request, *args, **kwargs):
        instance = self.get_object()
        serializer = self.get_serializer(instance)
        self.perform_update(serializer)

    def perform_update(self, serializer):
        serializer.save()
""",
    "destroy": """
    def destroy(self, request, *args, **kwargs):
        instance = self.get_object()
        self.perform_destroy(instance)
""",
}
_VERBS = {"create": "post", "list": "get", "retrieve": "get", "update": "put", "destroy": "delete"}
_GENERIC = {
    "CreateAPIView": ("create",),
    "ListAPIView": ("list",),
    "RetrieveAPIView": ("retrieve",),
    "UpdateAPIView": ("update",),
    "DestroyAPIView": ("destroy",),
    "ListCreateAPIView": ("list", "create"),
    "RetrieveUpdateAPIView": ("retrieve", "update"),
    "RetrieveDestroyAPIView": ("retrieve", "destroy"),
    "RetrieveUpdateDestroyAPIView": ("retrieve", "update", "destroy"),
}
_SETS = {"ReadOnlyModelViewSet": ("list", "retrieve"), "ModelViewSet": tuple(_ACTIONS)}
_MIXINS = {f"{name.title()}ModelMixin": (name,) for name in _ACTIONS}
_SERIALIZERS = """
class Serializer:
    def __init__(self, instance=None, data=None, **kwargs):
        self.instance = instance

    def is_valid(self, raise_exception=False):
        self.validate_EACH(self.validated_data["EACH"])
        self.validate(self.validated_data)
        return not self.errors

    def save(self, **kwargs):
        if self.instance:
            return self.update(self.instance, self.validated_data)
        else:
            return self.create(self.validated_data)

class ModelSerializer(Serializer):
    def create(self, validated_data):
        return self.Meta.model.objects.create(**validated_data)
"""


def _called(action: str) -> str:
    verb = _VERBS[action]
    return f"    def {verb}(self, request, *args, **kwargs):\n        self.{action}(request, *args, **kwargs)\n"


def _classes() -> str:
    views = [f"class {name}(GenericAPIView):\n" + "".join(_ACTIONS[one] + _called(one) for one in own) for name, own in _GENERIC.items()]
    sets = [f"class {name}(GenericViewSet):\n" + "".join(_ACTIONS[one] for one in own) for name, own in _SETS.items()]
    mixins = [f"class {name}:\n" + "".join(_ACTIONS[one] for one in own) for name, own in _MIXINS.items()]
    return "\n".join((_VIEWS, *views, *sets, *mixins, _SERIALIZERS))


class RestFramework(Framework):
    """Views, view sets and serializers."""

    title = "Django REST framework"
    handlers = frozenset(
        {"get", "post", "put", "patch", "delete", "list", "create", "retrieve", "update", "partial_update", "destroy", "action"}
    )
    classes: ClassVar[str] = _classes()
    handed: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "perform_create": ("serializer_class", "GenericAPIView", *_GENERIC, *_SETS, *_MIXINS, "GenericViewSet")
    }

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Where each request is a transaction, each serializer is saved in one: by a view."""
        if is_atomic(wiring):
            for cls in wiring.classes():
                if wiring.is_below(cls, "Serializer", "ModelSerializer"):
                    yield Run(cls, f"def run(data):\n    with transaction:\n        {cls}(data).save()", name=".saved")
