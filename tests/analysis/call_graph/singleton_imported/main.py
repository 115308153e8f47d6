import services
from services import service


def main():
    service.run()
    return services.service.stop()


main()
