"""
JSON Schemas of every form there is: policies, facts, outcomes, decisions, case tables, commands.

    from bankservice import schemas
    schemas.schema("segmentation.tiers.policy")  # a policy file of this kind
    schemas.schema("complaints.deadlines.cases")  # a case table of this rule

They are made from the classes that read and write those forms. A bank points its editor at them,
or checks what another system sends before a rule is asked. What a schema cannot tell (an order of
days, a code of a tree, a row that is never reached) is found by the library itself.
"""

from bankservice.schemas.listing import Named, catalogue, schema

__all__ = ["Named", "catalogue", "schema"]
