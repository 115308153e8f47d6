"""The codemod under LibCST's own runner: one file, everything it shows by itself."""

from __future__ import annotations

from libcst.codemod import CodemodTest
from session_lint.codemods.upsert import Upsert


class TestUpsert(CodemodTest):
    TRANSFORM = Upsert

    def test_insert_becomes_an_upsert(self) -> None:
        before = """
            from supabase import create_client

            client = create_client("https://db.example.test", "key")


            def start(user, tip):
                client.table("tips").delete().eq("by", user).execute()
                client.table("tips").insert({"by": user, "tip": tip}).execute()
        """
        after = """
            from supabase import create_client

            client = create_client("https://db.example.test", "key")


            def start(user, tip):
                client.table("tips").upsert({"by": user, "tip": tip}, on_conflict="by").execute()
        """
        self.assertCodemod(before, after)

    def test_sql_text(self) -> None:
        before = """
            import psycopg


            def follow(conn, who, topic):
                conn.execute("DELETE FROM f WHERE who = %s", (who,))
                conn.execute("INSERT INTO f (who) VALUES (%s)", (who,))
        """
        after = """
            import psycopg


            def follow(conn, who, topic):
                conn.execute("INSERT INTO f (who) VALUES (%s) ON CONFLICT (who) DO NOTHING", (who,))
        """
        self.assertCodemod(before, after)

    def test_a_condition_leaves_the_file_alone(self) -> None:
        text = """
            from supabase import create_client

            client = create_client("https://db.example.test", "key")


            def start(user, tip, fresh):
                if fresh:
                    client.table("tips").delete().eq("by", user).execute()
                client.table("tips").insert({"by": user, "tip": tip}).execute()
        """
        self.assertCodemod(text, text)
