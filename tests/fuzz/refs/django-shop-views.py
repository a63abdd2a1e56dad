
from django.contrib.auth import get_user_model
from django.db.models import Count, F, Q
from django.shortcuts import get_object_or_404

from .models import Order, User


def by_name(request, name):
    user = get_object_or_404(User, pk=1)
    user.nick = name  # certain
    found = User.objects.filter(nick__iexact=name).order_by("-nick")  # certain
    found = found.exclude(Q(nick="") | Q(email=F("nick")))  # certain
    names = User.objects.values_list("id", "nick")  # certain
    orders = Order.objects.filter(user__nick=name).select_related("user")  # certain
    for order in orders:
        print(order.user.nick, order.nick)  # certain
    Order.objects.filter(nick=name).values("nick")
    User.objects.filter(orders__nick=name)
    User(nick=name).save(update_fields=["nick"])  # certain
    get_user_model().objects.create(nick=name)  # certain
    print(request.user.nick)  # certain
    print(getattr(user, "nick"))  # certain
    print([one.nick for one in User.objects.all()])  # certain
    print({one.nick: one for one in Order.objects.all()})
    user.nick()
    return find().nick  # likely


def typed(user: User, others: "list[User]", order: Order | None):
    for other in others:
        print(other.nick)  # certain
    return user.nick, order.nick  # certain


async def later():
    one = await User.objects.filter(pk=1).afirst()
    return one.nick  # certain
