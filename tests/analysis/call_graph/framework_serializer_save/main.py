from rest_framework import generics, serializers


class CartSerializer(serializers.Serializer):
    def create(self, validated_data):
        return made(validated_data)

    def update(self, instance, validated_data):
        return instance


def made(data):
    return data


class Carts(generics.CreateAPIView):
    serializer_class = CartSerializer

    def perform_create(self, serializer):
        return note(serializer)


def note(serializer):
    return serializer


def by_hand(data):
    return CartSerializer(data=data).save()
