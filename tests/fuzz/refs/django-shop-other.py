
class Cat:
    def __init__(self, nick):
        self.nick = nick


def call(cat, user):
    print(cat.nick)  # possible
    print(user.nick)  # likely
