"""收集: files, roster, status, the tree of units, and the checks over all of them."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.batch.collect.checks import BATCH_CHECKS, audit_batch
    from toolkit.batch.collect.files import (
        BATCH_JSON_NAME,
        BULLETIN_NAME,
        MOVES_NAME,
        SUMMARY_NAME,
        FoundFiles,
        find_workbooks,
        remove_leftovers,
    )
    from toolkit.batch.collect.jobs import dask_engine, local_engine
    from toolkit.batch.collect.model import BatchRequest, BatchResult, Engine, Listener
    from toolkit.batch.collect.records import (
        BLOCKED,
        FAULT,
        UNREADABLE,
        UnitJob,
        UnitRecord,
        again,
        is_current,
        load_result,
        read_record,
    )
    from toolkit.batch.collect.roster import Roster, read_roster, same_text, write_blank_roster
    from toolkit.batch.collect.secrets import WITHHELD, Secrets, binding_of, secrets_of
    from toolkit.batch.collect.status import Entry, Status, count, settle, units_filed
    from toolkit.batch.collect.tree import Batch, Node, NodeFigures, build_tree, execution_rate, figures_of, veiled
else:
    __getattr__ = hand_on(
        __name__,
        checks="BATCH_CHECKS audit_batch",
        files="BATCH_JSON_NAME BULLETIN_NAME FoundFiles MOVES_NAME SUMMARY_NAME find_workbooks remove_leftovers",
        jobs="dask_engine local_engine",
        model="BatchRequest BatchResult Engine Listener",
        records="BLOCKED FAULT UNREADABLE UnitJob UnitRecord again is_current load_result read_record",
        roster="Roster read_roster same_text write_blank_roster",
        secrets="Secrets WITHHELD binding_of secrets_of",
        status="Entry Status count settle units_filed",
        tree="Batch Node NodeFigures build_tree execution_rate figures_of veiled",
    )
