from dataclasses import dataclass


class Store:
    def find(self):
        return 1


@dataclass(frozen=True)
class Context:
    store: Store


def run(context: Context):
    return context.store.find()


run(Context(store=Store()))
