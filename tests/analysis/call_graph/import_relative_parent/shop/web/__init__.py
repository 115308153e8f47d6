from ..service import place as place_order
