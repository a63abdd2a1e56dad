
from django.contrib import admin
from rest_framework import serializers

from shop import models
from shop.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["id", "nick"]  # certain
    search_fields = ("nick",)  # certain

    def shout(self, obj):
        return obj.nick.upper()  # certain


class OrderAdmin(admin.ModelAdmin):
    model = models.Order
    list_display = ["nick", "user__nick"]  # certain


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "nick"]  # certain


class OwnSerializer(serializers.ModelSerializer):
    nick = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["nick"]
