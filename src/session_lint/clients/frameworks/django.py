"""Django: middleware from the settings before the views of the URL patterns, the methods of class-based views, receivers of signals.

From Django's documentation: a middleware is made once with `get_response`, and called with each request; the last `get_response` calls
the view. `as_view()` makes the view, calls `setup()`, then `dispatch()`, which calls the method of the request's verb. `Signal.send()`
calls each receiver that is connected, in the order of connecting, with the sender and the named arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from session_lint.clients.django_settings import is_atomic
from session_lint.clients.framework import Framework, Run, Wiring
from session_lint.clients.signals import connected, sent
from session_lint.facts.terms import Attr, Const, Invoke, Ref, Sequence, Term, dotted, strip, walk

_PATTERNS = frozenset({"path", "re_path", "url"})
_SETTINGS = ("MIDDLEWARE", "MIDDLEWARE_CLASSES")


class Django(Framework):
    """Middleware of the project that `MIDDLEWARE` names, around the functions and classes that `urlpatterns` names."""

    title = "Django"
    handlers = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
    handed: ClassVar[Mapping[str, tuple[str, ...]]] = {"form_valid": ("form_class", "CreateView")}
    classes: ClassVar[str] = """
class Form:
    def clean(self):
        return self.cleaned_data

    def full_clean(self):
        self.clean_EACH()
        self.clean()

    def is_valid(self):
        self.clean_EACH()
        self.clean()
        return not self.errors

class ModelForm(Form):
    def __init__(self, data=None, files=None, instance=None, **kwargs):
        self.instance = instance

    def save(self, commit=True):
        if self.instance:
            return self.instance
        else:
            return self.Meta.model.objects.create(**self.cleaned_data)

class View:
    def setup(self, request, *args, **kwargs):
        self.request = request
        self.args = args
        self.kwargs = kwargs

    def dispatch(self, request, *args, **kwargs):
        self.handler(request, *args, **kwargs)

    def respond(self, request, **kwargs):
        self.setup(request, **kwargs)
        self.dispatch(request, **kwargs)

class TemplateView(View):
    def get(self, request, *args, **kwargs):
        self.get_context_data(**kwargs)

class RedirectView(View):
    def get(self, request, *args, **kwargs):
        self.get_redirect_url(*args, **kwargs)

class ListView(View):
    def get(self, request, *args, **kwargs):
        self.object_list = self.get_queryset()
        self.get_context_data()

class DetailView(View):
    def get_object(self):
        self.get_queryset()

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        self.get_context_data()

class FormView(View):
    def get_form(self):
        self.get_form_kwargs()

    def get_form_kwargs(self):
        self.get_initial()

    def get_context_data(self):
        self.get_form()

    def get(self, request, *args, **kwargs):
        self.get_context_data()

    def post(self, request, *args, **kwargs):
        form = self.get_form()
        if form:
            self.form_valid(form)
        else:
            self.form_invalid(form)

class CreateView(FormView):
    def form_valid(self, form):
        self.object = form.save()
        self.get_success_url()

class UpdateView(FormView):
    def get_object(self):
        self.get_queryset()

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        self.get_context_data()

    def post(self, request, *args, **kwargs):
        self.object = self.get_object()
        form = self.get_form()
        if form:
            self.form_valid(form)
        else:
            self.form_invalid(form)

class DeleteView(UpdateView):
    pass

class MiddlewareMixin:
    def __call__(self, request, get_response=None):
        self.process_request(request)
        self.process_view(request)
        response = get_response(request)
        self.process_response(request, response)
"""

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each view of the URL patterns, handed to the innermost middleware; each middleware, handed to the one around it; what a signal
        of the project calls."""
        yield from sent(received(wiring), ("send", "send_robust", "asend"))
        middleware = [found for name in _SETTINGS for value in wiring.variables(name) for found in _named(value, wiring)]
        takers = [_taker(name, wiring) for name in middleware]
        for number, name in enumerate(middleware[1:], 1):
            called = wiring.inside(name) if wiring.is_function(name) else (f"{name}.__call__",)
            for full in called[:1]:  # made once, not for each request
                given = "request" if wiring.is_function(name) else f"{name}, request"
                yield Run(name, f"def run(request):\n    {full}({given})", (takers[number - 1],))
        atomic = is_atomic(wiring)
        apart = {told.decorated for told in wiring.told("non_atomic_requests")}
        for view in dict.fromkeys(_views(wiring)) if takers or atomic else ():
            text = f"{view}(request, *args, **kwargs)" if wiring.is_function(view) else f"{view}().respond(request, *args, **kwargs)"
            text = f"with transaction:\n        {text}" if atomic and view not in apart else text
            yield Run(view, f"def run(request, *args, **kwargs):\n    {text}", tuple(takers[-1:]))


def received(wiring: Wiring) -> Iterator[tuple[str, str]]:
    """The signals of the project, each with a receiver that takes it from any sender."""
    for told in wiring.told("receiver", "connect"):
        if told.call.kwarg("sender") is not None:
            continue
        if _last(told.call.func) == "connect":
            yield connected(told, wiring)
            continue
        signals = strip(told.call.args[0]) if told.call.args else Const(None)
        for one in signals.items if isinstance(signals, Sequence) else (signals,):
            yield wiring.find(dotted(one) or ""), wiring.find(told.decorated)


def _last(term: Term) -> str:
    return (dotted(term) or "").rpartition(".")[2]


def _named(value: Term, wiring: Wiring) -> Iterator[str]:
    """The middleware of the project that a setting names, outermost first."""
    for part in walk(value):
        if isinstance(part, Sequence):
            for item in part.items:
                if isinstance(item, Const) and isinstance(item.value, str) and (found := wiring.find(item.value)):
                    yield found


def _taker(name: str, wiring: Wiring) -> tuple[str, str]:
    """The parameter that takes `get_response`."""
    made = wiring.method(name, "__init__")
    names = wiring.parameters(made or name)[1 if made else 0 :]
    return (made or name, names[0]) if names else (f"{name}.__call__", "get_response")


def _views(wiring: Wiring) -> Iterator[str]:
    """The views of the URL patterns."""
    for value in wiring.variables("urlpatterns"):
        for call in walk(value):
            if isinstance(call, Invoke) and _last(call.func) in _PATTERNS:
                for arg in (*call.args[1:2], *(one for name, one in call.kwargs if name == "view")):
                    yield from _view(strip(arg), wiring)

    for told in wiring.told("register"):  # of a router, with a prefix
        yield from _view(strip(told.call.arg(1, "viewset") or Const(None)), wiring)


def _view(term: Term, wiring: Wiring) -> Iterator[str]:
    while isinstance(term, Invoke) and isinstance(term.func, Ref) and term.args:  # `login_required(show)`
        term = strip(term.args[0])
    if isinstance(term, Invoke) and isinstance(term.func, Attr) and term.func.name == "as_view":
        term = strip(term.func.base)
    found = wiring.find(dotted(term) or "")
    if found:
        yield found
