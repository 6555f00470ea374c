package jit

// operand is a register or memory, as the last operand of an instruction.
type operand struct {
	where     where
	register  int // of a vector or a mask, or the base of an address
	index     int // the register of the index, for indexed
	scale     int // bytes of an element, for indexed
	offset    int // for spilled
	constant  uint32
	broadcast bool // one number for all lanes
}

type where uint8

const (
	inRegister where = iota
	indexed          // base + index·scale
	based            // base
	spilled          // r13 + offset
	pooled           // a constant after the code
)

func register(n int) operand { return operand{register: n} }

// number is a constant in every lane.
func number(bits uint32) operand { return operand{where: pooled, constant: bits, broadcast: true} }
