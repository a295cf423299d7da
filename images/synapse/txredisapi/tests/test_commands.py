"""The commands of Synapse's external cache and of its outbound connection."""

import importlib.metadata

from twisted.internet.defer import gatherResults
from txredisapi import RedisFactory, ResponseError

from .harness import PASSWORD, RedisTestCase


class Commands(RedisTestCase):
    def test_the_installed_version_satisfies_Synapse(self):
        # pyproject.toml of Synapse: txredisapi>=1.4.7
        numbers = importlib.metadata.version("txredisapi").split("+")[0].split(".")
        self.assertGreaterEqual(tuple(map(int, numbers)), (1, 4, 7))

    async def test_a_key_that_was_never_set_is_None(self):
        redis = await self.commands()
        self.assertIsNone(await redis.get("never set"))

    async def test_what_was_set_is_read_back(self):
        redis = await self.commands()
        for text in '{"key": ["value", null]}', '"Grüße"', "true", "", "line\r\nbreak":
            await redis.set("text", text)
            self.assertEqual(await redis.get("text"), text)

    async def test_an_integer_is_read_back_as_an_integer(self):
        redis = await self.commands()
        for number in 0, 7, -3, 1795243663123:
            await redis.set("number", number)
            self.assertEqual(await redis.get("number"), number)

    async def test_a_value_is_kept_for_as_many_milliseconds_as_asked(self):
        redis = await self.commands()
        await redis.set("for a minute", "x", pexpire=60_000)
        await redis.set("for a moment", "x", pexpire=30)
        self.assertGreater(self.operator.ask("PTTL", "for a minute"), 50_000)
        self.assertLessEqual(self.operator.ask("PTTL", "for a minute"), 60_000)
        await self.eventually("the key has expired", lambda: self.operator.ask("EXISTS", "for a moment") == 0)
        self.assertIsNone(await redis.get("for a moment"))

    async def test_a_large_value_is_read_back_whole(self):
        redis = await self.commands()
        value = "Synapse " * (512 * 1024)
        await redis.set("large", value)
        self.assertEqual(await redis.get("large"), value)

    async def test_replies_belong_to_their_commands_however_many_are_under_way(self):
        redis = await self.commands()
        await gatherResults([redis.set(f"key {n}", n) for n in range(5000)])
        self.assertEqual(await gatherResults([redis.get(f"key {n}") for n in range(5000)]), list(range(5000)))

    async def test_a_refused_command_fails_and_the_next_one_works(self):
        redis = await self.commands()
        self.operator.ask("DEL", "list")
        self.operator.ask("RPUSH", "list", "item")
        refused, next_one = redis.get("list"), redis.get("never set")
        await self.assertFailure(refused, ResponseError)
        self.assertIsNone(await next_one)

    async def test_a_ping_is_answered(self):
        redis = await self.commands()
        await redis.ping()

    async def test_the_chosen_database_is_used(self):
        factory = self.connect(RedisFactory(uuid="db", dbid=3, poolsize=1, isLazy=True, password=PASSWORD))
        await self.eventually("Redis lets us in", lambda: factory.pool)
        await factory.handler.set("in database 3", "x")
        self.assertEqual(self.operator.ask("EXISTS", "in database 3"), 0)
        self.assertIn("db3", self.operator.ask("INFO", "keyspace"))
