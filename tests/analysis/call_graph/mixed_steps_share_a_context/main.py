from dataclasses import dataclass


@dataclass
class Context:
    user: int
    chat: int | None = None


def open_chat(context):
    try:
        context.chat = load(user=context.user)
    except KeyError:
        context.chat = None


def load(*, user):
    return user


def reply(context):
    return context.chat["id"] if context.chat is None and context.user < 0 else None


STEPS = (open_chat, reply)


def run(user):
    context = Context(user=user)
    for step in STEPS:
        step(context)


run(1)
