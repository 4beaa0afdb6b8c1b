"""What Numba has no words for: floats on the stack, and memory that is asked for before it is needed."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numba.np import arrayobj

_PREFETCH = "llvm.prefetch.p0"


def _scratch_code(typing: Any, size: Any) -> Any:
    """So many floats on the stack, which the compiler knows to be nobody else's."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = builder.alloca(context.get_value_type(types.float32), size=args[0])
        block.align = 64
        return block

    pointer: Any = types.CPointer
    return pointer(types.float32)(size), code


def _fetch_code(typing: Any, table: Any, row: Any, column: Any) -> Any:
    """Asks for one line of a table's memory, and does not wait for it."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made: Any = arrayobj.make_array
        array = made(signature.args[0])(context, builder, args[0])
        places = [context.cast(builder, args[n], signature.args[n], types.intp) for n in (1, 2)]
        width = builder.extract_value(array.shape, 1)
        entry = builder.gep(array.data, [builder.add(builder.mul(places[0], width), places[1])])
        word, line = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [line, word, word, word])
        found = builder.module.globals.get(_PREFETCH) or ir.Function(builder.module, kind, _PREFETCH)
        builder.call(found, [builder.bitcast(entry, line), *(ir.Constant(word, number) for number in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(table, row, column), code


scratch: Any = intrinsic(_scratch_code)
fetch: Any = intrinsic(_fetch_code)
