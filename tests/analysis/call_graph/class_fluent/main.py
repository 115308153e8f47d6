class Query:
    def where(self):
        return self

    def limit(self):
        return self

    def fetch(self):
        return []


def main():
    return Query().where().limit().fetch()


main()
