import store as st
from store import load as fetch


def run():
    fetch()
    st.save()


run()
