
from django.contrib.auth.models import AbstractUser
from django.db import models


class Stamped(models.Model):
    created = models.DateTimeField()

    class Meta:
        abstract = True


class User(AbstractUser):
    nick = models.TextField(db_column="nick_name")  # certain

    class Meta:
        ordering = ["-nick"]  # certain

    def greet(self):
        return "Hello " + self.nick  # certain


class Order(Stamped):
    user = models.ForeignKey(User, related_name="orders", on_delete=models.CASCADE)
    nick = models.TextField()

    def owner(self):
        return self.user.nick  # certain

    def own(self):
        return self.nick
