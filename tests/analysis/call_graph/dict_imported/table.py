import store
from store import load

HANDLERS = {"load": load, "save": store.save}
