"""Which regions of the world a place lies in, and whose seasons it has. Pure.

The regions are the continents of botanists: level 1 of the World Geographical Scheme for Recording
Plant Distributions. Source: Brummitt, 2nd edition, 2001, for the Biodiversity Information Standards
(TDWG). They are not the school's: Mexico and Greenland are Northern America, the Caucasus and
Arabia are Asia-Temperate, the Azores are Africa, the Falklands are Antarctic.
"""

from typing import Dict, NamedTuple, Optional, Tuple

EUROPE = "Europe"
AFRICA = "Africa"
ASIA_TEMPERATE = "Asia-Temperate"
ASIA_TROPICAL = "Asia-Tropical"
AUSTRALASIA = "Australasia"
PACIFIC = "Pacific"
NORTHERN_AMERICA = "Northern America"
SOUTHERN_AMERICA = "Southern America"
ANTARCTIC = "Antarctic"

NORTHERN = "northern"
SOUTHERN = "southern"
# Closer to the equator than this, winter takes no plant from above the ground.
SEASONS_FROM_DEG = 30.0

# Boxes of degrees: south, west, north, east.
Box = Tuple[float, float, float, float]

# How this works: a place lies in every region that has a box around it; none is at sea. The boxes
# are coarse and overlap by a degree or more, so that beside a border both regions are named. That
# is the right side to err on: a region too many lets the answer be what it is without any place,
# a region too few takes it away from somebody who stands before a plant that does grow there. No
# region at all can make an answer more permissive than it is without one.
_BOXES: Dict[str, Tuple[Box, ...]] = {
    EUROPE: (
        (35.5, -10.5, 44.5, 1.0),  # Iberia
        (38.0, -1.0, 45.0, 20.0),  # Balearic Islands to the Adriatic
        (35.0, 11.7, 39.0, 20.0),  # Sicily, Malta
        (43.0, -12.0, 61.5, 14.0),  # France, the British Isles, Germany
        (54.0, 3.0, 72.0, 42.0),  # Scandinavia
        (34.3, 18.5, 42.0, 28.5),  # Greece, Crete
        (40.0, 13.0, 56.0, 31.0),  # the Balkans to Poland
        (43.5, 29.0, 72.0, 50.0),  # Ukraine, Crimea, Russia to the Volga
        (45.0, 44.0, 51.0, 54.0),  # the lower Volga
        (50.0, 48.0, 73.0, 66.0),  # the Urals
        (60.0, 58.0, 78.0, 71.0),  # the northern Urals, Novaya Zemlya
        (73.0, 7.0, 82.5, 67.0),  # Svalbard, Franz Josef Land
        (61.0, -26.0, 67.5, -5.0),  # Iceland, the Faroes
    ),
    AFRICA: (
        (-36.0, 4.0, 5.0, 52.0),
        (3.0, -19.0, 34.0, 35.0),
        (30.0, -18.0, 38.0, 13.0),  # the Maghreb
        (-1.0, 33.0, 13.5, 55.0),  # the Horn, Socotra
        (13.0, 33.0, 24.0, 40.5),  # Sudan, Eritrea
        (-27.0, 42.0, 0.0, 66.0),  # Madagascar, Seychelles, Mascarenes
        (14.0, -32.0, 41.0, -12.5),  # Azores, Madeira, the Canaries, Cape Verde
        (-17.0, -15.0, -7.0, -4.0),  # Saint Helena, Ascension
    ),
    ASIA_TEMPERATE: (
        (34.0, 25.0, 42.5, 46.0),  # Turkey, Cyprus
        (11.5, 34.0, 38.0, 61.0),  # Arabia, Iran
        (40.0, 36.0, 47.5, 55.0),  # the Caucasus
        (28.5, 44.0, 42.0, 75.5),  # Iran to Afghanistan
        (35.0, 46.0, 56.0, 90.0),  # Kazakhstan to the Pamir
        (48.0, 59.0, 82.0, 180.0),  # Siberia
        (60.0, -180.0, 72.0, -168.0),  # Chukotka
        (26.5, 77.5, 50.0, 125.0),  # Tibet, Mongolia, northern China
        (17.5, 96.5, 45.0, 125.0),  # southern China, Hainan, Taiwan
        (23.0, 118.0, 56.0, 160.0),  # Korea, Japan, Kurils
    ),
    ASIA_TROPICAL: (
        (-9.0, 66.0, 37.5, 98.5),  # Pakistan to Burma, Maldives, Chagos
        (23.0, 59.5, 31.5, 68.0),  # Baluchistan
        (-12.5, 91.0, 29.5, 110.0),  # Indochina, Sumatra
        (-13.0, 95.0, 22.5, 128.0),  # Malesia, the Philippines
        (-13.0, 120.0, 2.0, 163.5),  # New Guinea, the Solomons
    ),
    AUSTRALASIA: (
        (-45.0, 111.0, -9.0, 161.0),
        (-53.5, 158.0, -28.0, 180.0),
        (-53.5, -180.0, -28.0, -175.0),  # Kermadecs, Chatham Islands
    ),
    PACIFIC: (
        (-25.0, 160.0, 30.0, 180.0),
        (-30.0, -180.0, 30.0, -122.0),
        (-30.0, -124.0, -20.0, -104.0),  # Pitcairn, Easter Island
        (0.0, 129.0, 28.0, 170.0),  # Micronesia
    ),
    NORTHERN_AMERICA: (
        (24.0, -130.0, 84.0, -50.0),
        (49.0, -180.0, 72.5, -129.0),  # Alaska, the Aleutians
        (50.0, 170.0, 54.5, 180.0),  # the western Aleutians
        (58.0, -75.0, 68.0, -28.0),  # Greenland
        (67.0, -75.0, 84.5, -10.0),
        (14.0, -119.0, 33.5, -86.0),  # Mexico
    ),
    SOUTHERN_AMERICA: (
        (-57.0, -82.5, 13.5, -33.5),
        (6.5, -93.0, 19.0, -77.0),  # Central America
        (10.0, -86.0, 28.0, -58.0),  # the Caribbean
        (31.0, -66.0, 33.5, -63.0),  # Bermuda
        (-3.0, -93.0, 3.0, -88.0),  # Galapagos
        (-35.0, -82.0, -25.0, -77.0),  # Juan Fernandez, Desventuradas
        (-22.0, -33.5, 5.0, -28.0),  # Fernando de Noronha, Trindade
        (9.0, -110.5, 11.5, -108.0),  # Clipperton
    ),
    ANTARCTIC: (
        (-90.0, -180.0, -59.0, 180.0),
        (-60.0, -63.0, -50.0, -24.0),  # Falklands, South Georgia
        (-42.0, -14.0, -36.0, -8.0),  # Tristan da Cunha
        (-56.0, -1.0, -45.0, 80.0),  # Bouvet, Marion, Kerguelen
        (-40.0, 76.0, -36.0, 79.0),  # Amsterdam Island
        (-56.0, 157.0, -53.0, 161.0),  # Macquarie
    ),
}
REGIONS = tuple(_BOXES)
# Whose seasons a whole region has; where it is crossed by the equator, its name alone says nothing.
_HEMISPHERES = {
    EUROPE: NORTHERN,
    ASIA_TEMPERATE: NORTHERN,
    NORTHERN_AMERICA: NORTHERN,
    AUSTRALASIA: SOUTHERN,
}
REGIONS_WITH_SEASONS = tuple(_HEMISPHERES)


class Spot(NamedTuple):
    """A place as coarse as a plant's distribution asks for; nothing leads back to the position.

    Attributes:
        regions: of REGIONS; empty where none is known.
        hemisphere: NORTHERN or SOUTHERN; None near the tropics, and where nobody knows.
    """

    regions: Tuple[str, ...] = ()
    hemisphere: Optional[str] = None


def spot_at(latitude_deg: float, longitude_deg: float) -> Spot:
    """Return the spot of a position: WGS 84, north and east are positive."""
    east = (longitude_deg + 180.0) % 360.0 - 180.0
    regions = tuple(
        region
        for region, boxes in _BOXES.items()
        if any(_holds(box, latitude_deg, east) for box in boxes)
    )
    if latitude_deg >= SEASONS_FROM_DEG:
        return Spot(regions, NORTHERN)
    return Spot(regions, SOUTHERN if latitude_deg <= -SEASONS_FROM_DEG else None)


def spot_of_region(region: str) -> Spot:
    """Return the spot that is all one knows of a region's name."""
    return Spot((region,), _HEMISPHERES.get(region))


def _holds(box: Box, latitude_deg: float, longitude_deg: float) -> bool:
    south, west, north, east = box
    return south <= latitude_deg <= north and (
        west <= longitude_deg <= east or (east == 180.0 and longitude_deg == -180.0)
    )
