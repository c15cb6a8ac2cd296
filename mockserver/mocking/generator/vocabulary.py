"""Words that made-up values are put together from, where faker has none that read well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Place(NamedTuple):
    """A city with what belongs to it."""

    city: str
    region: str
    country: str
    code: str
    postcode: str
    latitude: float
    longitude: float
    timezone: str
    currency: str
    language: str
    dial: str


def _places(table: str) -> tuple[Place, ...]:
    places = []
    for row in table.strip().splitlines():
        city, region, country, code, postcode, latitude, longitude, *rest = row.strip().split("|")
        places.append(Place(city, region, country, code, postcode, float(latitude), float(longitude), *rest))
    return tuple(places)


PLACES: Final = _places(
    """
    Lisbon|Lisboa|Portugal|PT|1100-148|38.7223|-9.1393|Europe/Lisbon|EUR|pt-PT|+351
    Barcelona|Catalonia|Spain|ES|08002|41.3874|2.1686|Europe/Madrid|EUR|es-ES|+34
    Berlin|Berlin|Germany|DE|10115|52.52|13.405|Europe/Berlin|EUR|de-DE|+49
    Lyon|Rhone|France|FR|69002|45.764|4.8357|Europe/Paris|EUR|fr-FR|+33
    Bristol|England|United Kingdom|GB|BS1 4DJ|51.4545|-2.5879|Europe/London|GBP|en-GB|+44
    Gothenburg|Vastra Gotaland|Sweden|SE|41103|57.7089|11.9746|Europe/Stockholm|SEK|sv-SE|+46
    Krakow|Lesser Poland|Poland|PL|31-011|50.0647|19.945|Europe/Warsaw|PLN|pl-PL|+48
    Zurich|Zurich|Switzerland|CH|8001|47.3769|8.5417|Europe/Zurich|CHF|de-CH|+41
    Toronto|Ontario|Canada|CA|M5H 2N2|43.6532|-79.3832|America/Toronto|CAD|en-CA|+1
    Portland|Oregon|United States|US|97205|45.5152|-122.6784|America/Los_Angeles|USD|en-US|+1
    Austin|Texas|United States|US|78701|30.2672|-97.7431|America/Chicago|USD|en-US|+1
    Boston|Massachusetts|United States|US|02108|42.3601|-71.0589|America/New_York|USD|en-US|+1
    Guadalajara|Jalisco|Mexico|MX|44100|20.6597|-103.3496|America/Mexico_City|MXN|es-MX|+52
    Recife|Pernambuco|Brazil|BR|50030-230|-8.0476|-34.877|America/Recife|BRL|pt-BR|+55
    Nairobi|Nairobi|Kenya|KE|00100|-1.2921|36.8219|Africa/Nairobi|KES|en-KE|+254
    Pune|Maharashtra|India|IN|411001|18.5204|73.8567|Asia/Kolkata|INR|en-IN|+91
    Osaka|Osaka|Japan|JP|530-0001|34.6937|135.5023|Asia/Tokyo|JPY|ja-JP|+81
    Singapore|Singapore|Singapore|SG|048616|1.3521|103.8198|Asia/Singapore|SGD|en-SG|+65
    Melbourne|Victoria|Australia|AU|3000|-37.8136|144.9631|Australia/Melbourne|AUD|en-AU|+61
    Wellington|Wellington|New Zealand|NZ|6011|-41.2865|174.7762|Pacific/Auckland|NZD|en-NZ|+64
    """
)

ADJECTIVES: Final = (
    "amber", "bold", "bright", "calm", "clear", "coastal", "cobalt", "copper", "crisp", "eastern",
    "evergreen", "gentle", "golden", "granite", "hidden", "ivory", "lunar", "mellow", "misty", "modern",
    "northern", "polar", "quiet", "rapid", "rustic", "sandy", "scarlet", "silver", "solar", "steady",
    "swift", "teal", "urban", "vivid", "western", "winter",
)  # fmt: skip
NOUNS: Final = (
    "anchor", "arbor", "beacon", "birch", "bridge", "brook", "canyon", "cedar", "comet", "compass",
    "coral", "crane", "delta", "ember", "falcon", "forge", "garden", "grove", "harbor", "heron",
    "horizon", "island", "lantern", "maple", "meadow", "orchard", "otter", "pebble", "prairie", "quarry",
    "river", "sparrow", "summit", "tundra", "valley", "willow",
)  # fmt: skip
PRODUCTS: Final = (
    "Desk Lamp", "Travel Mug", "Wireless Keyboard", "Wool Blanket", "Running Shoes", "Water Bottle",
    "Office Chair", "Canvas Backpack", "Coffee Grinder", "Bluetooth Speaker", "Notebook Set",
    "Rain Jacket", "Ceramic Vase", "Phone Stand", "Yoga Mat", "Picture Frame",
)  # fmt: skip
PROJECTS: Final = (
    "Checkout Redesign", "Customer Onboarding", "Billing Migration", "Support Portal",
    "Mobile App Launch", "Search Relevance", "Data Warehouse", "Partner Program", "Website Refresh",
    "Inventory Sync", "Fraud Detection", "Help Center", "Loyalty Program", "Quarterly Planning",
    "Payment Retry", "Email Digest",
)  # fmt: skip
ASSISTANTS: Final = (
    "Support Assistant", "Booking Assistant", "Sales Assistant", "Front Desk", "Travel Planner",
    "Order Helper", "Claims Assistant", "Appointment Scheduler", "Onboarding Guide", "Billing Helper",
    "Triage Assistant",
)  # fmt: skip
ROLES: Final = (
    "Designer",
    "Engineer",
    "Analyst",
    "Manager",
    "Consultant",
    "Coordinator",
    "Researcher",
    "Editor",
)
JOBS: Final = tuple(f"{level} {role}" for level in ("Senior", "Junior", "Lead") for role in ROLES)
PETS: Final = (
    "Biscuit",
    "Luna",
    "Pepper",
    "Mochi",
    "Olive",
    "Rex",
    "Willow",
    "Ziggy",
    "Nala",
    "Otto",
    "Maple",
    "Juno",
)
TAGS: Final = (
    "urgent", "internal", "beta", "weekly", "onboarding", "priority", "customer", "draft", "review",
    "archive", "mobile", "billing", "support", "featured", "research", "experiment",
)  # fmt: skip
DEPARTMENTS: Final = (
    "Engineering",
    "Finance",
    "Marketing",
    "Operations",
    "People",
    "Research",
    "Sales",
    "Support",
)
COLOURS: Final = ("blue", "green", "orange", "purple", "red", "teal", "white", "yellow", "black", "grey")
MIME_TYPES: Final = (
    "application/json", "application/pdf", "image/jpeg", "image/png", "text/csv", "text/plain", "audio/mpeg",
)  # fmt: skip
FILES: Final = (
    "report.pdf", "invoice.pdf", "photo.jpg", "summary.txt", "contacts.csv", "budget.xlsx", "slides.pptx",
    "logo.png", "notes.md", "export.json", "transcript.txt", "contract.docx",
)  # fmt: skip
FILE_TYPES: Final[Mapping[str, str]] = {
    "pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "txt": "text/plain", "csv": "text/csv",
    "json": "application/json", "md": "text/markdown",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}  # fmt: skip
"""Ending of a file's name -> its media type."""
BROWSERS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile",
)

SENTENCE_STARTS: Final = (
    "Helps the team", "Makes it easier to", "Was set up to", "Gives everyone a way to", "Exists to",
    "Lets people", "Is used to", "Allows the office to",
)  # fmt: skip
SENTENCE_ENDS: Final = (
    "keep track of open requests", "answer customers within a day", "compare results from week to week",
    "plan the next release", "share notes after each meeting", "find problems before customers do",
    "follow an order from start to finish", "collect feedback in one place", "prepare the monthly report",
    "review changes before they go live", "hand over work between shifts", "see what needs attention today",
)  # fmt: skip
MESSAGES: Final = (
    "Could you send me the details of my last order?", "Thanks, that solved it.",
    "I would like to change my booking.", "The delivery arrived a day early.",
    "Please call me back tomorrow morning.", "When does the new version come out?",
    "I cannot find the invoice for March.", "Everything works again after the update.",
    "Can we move the meeting to Friday?", "My account shows the wrong address.",
    "How do I reset my password?", "The report looks good to me.",
)  # fmt: skip
QUESTIONS: Final = tuple(text for text in MESSAGES if text.endswith("?"))
TITLES: Final = (
    "Notes from the weekly review", "Plan for the spring release", "What we learned from the pilot",
    "A better way to handle returns", "Questions about the new pricing", "Checklist before going live",
    "Results of the customer survey", "Moving to the new office", "How the rollout went",
    "Ideas for the next quarter",
)  # fmt: skip
REASONS: Final = (
    "Requested by the customer", "Replaced by a newer version", "No longer needed",
    "Part of the regular review", "Corrected after a check", "Agreed with the team",
)  # fmt: skip
INSTRUCTIONS: Final = (
    "You are a helpful assistant. Answer briefly and politely.",
    "Greet the caller, find out what they need, and offer to book an appointment.",
    "Answer questions about orders. If you are not sure, say so and offer a person.",
    "Summarize the conversation in three sentences.",
)
KEYS: Final = ("source", "team", "channel", "campaign", "region", "stage", "owner", "priority")
KEY_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "source": ("web", "import", "mobile"),
    "team": ("support", "sales", "research"),
    "channel": ("email", "chat", "phone"),
    "campaign": ("spring", "newsletter", "referral"),
    "region": ("eu-west", "us-east", "ap-south"),
    "stage": ("production", "staging", "development"),
    "owner": ("operations", "finance", "marketing"),
    "priority": ("low", "normal", "high"),
}

PEOPLE: Final = frozenset(
    {
        "user", "users", "customer", "person", "people", "member", "author", "owner", "employee",
        "patient", "contact", "assignee", "creator", "reviewer", "driver", "passenger", "student",
        "teacher", "guest", "profile", "caller", "sender", "recipient", "admin", "collaborator",
        "subscriber", "participant", "lead", "candidate", "agent", "friend", "follower", "billing",
        "shipping", "cardholder", "holder", "payer", "buyer", "seller", "worker", "staff", "me",
    }
)  # fmt: skip
"""Words of an owner whose name is a person's."""

TRUE_WORDS: Final = frozenset(
    {"active", "enabled", "success", "valid", "verified", "ok", "available", "public", "visible"}
)
FALSE_WORDS: Final = frozenset(
    {
        "deleted", "archived", "disabled", "blocked", "banned", "locked", "failed", "deprecated", "error",
        "hidden", "test", "has", "more", "expired", "revoked", "suspended", "cancelled", "canceled",
        "truncated", "disputed", "refunded", "delinquent", "trashed", "muted", "paused",
    }
)  # fmt: skip
"""Words that make a flag true or false in the ordinary run of things."""

UNSET: Final = frozenset(
    {
        "deleted", "archived", "revoked", "cancelled", "canceled", "suspended", "banned", "disabled",
        "error", "errors", "failed", "failure", "rejected", "voided", "refunded", "warning", "warnings",
    }
)  # fmt: skip
"""Words of properties that are null or left out in the ordinary run of things."""

OPEN_OBJECTS: Final = frozenset(
    {
        "metadata",
        "labels",
        "attributes",
        "properties",
        "extra",
        "extras",
        "custom",
        "context",
        "data",
        "config",
        "settings",
    }
)
"""Last words of names of objects whose keys the document leaves to its users."""
KEYED: Final = frozenset({"metadata", "labels", "attributes", "tags", "custom", "extra", "extras"})
"""Last words of names of objects that usually hold a few short texts."""
