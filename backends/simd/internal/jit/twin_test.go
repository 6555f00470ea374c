package jit

import (
	"math"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// twin computes one lane of a chain in Go: the bits of every value, with 1 and 0 for masks.
func twin(target *Target, c *Chain, arrays [][]uint32, flags map[int][]byte, lane int,
	written map[int]uint32) []uint32 {
	values := make([]uint32, len(c.ops))
	for v, o := range c.ops {
		at := func(k int) uint32 { return values[o.args[k]] }
		num := func(k int) float32 { return math.Float32frombits(at(k)) }
		var r uint32
		switch o.kind {
		case constant:
			r = o.imm
		case element:
			r = arrays[o.imm][0]
		case tile, stream:
			r = arrays[o.imm][lane]
			if w, ok := written[int(o.imm)]; ok {
				r = w
			}
		case cycle:
			r = arrays[o.imm&0xffff][lane%(1<<(o.imm>>16))]
		case bools:
			r = uint32(flags[int(o.imm)][lane]) & 1
		case store, storeBools:
			written[int(o.imm)] = at(0)
		case compare:
			r = bit(holds(Predicate(o.imm), num(0), num(1)))
		case odd:
			r = at(0) & 1
		case choose:
			r = at(2)
			if at(0) == 1 {
				r = at(1)
			}
		case keep:
			r = at(0) * at(1)
		case and:
			r = at(0) & at(1)
		case or:
			r = at(0) | at(1)
		case xor:
			r = at(0) ^ at(1)
		case addInt:
			r = at(0) + at(1)
		case subInt:
			r = at(0) - at(1)
		case shiftLeft:
			r = at(0) << o.imm
		case shiftRight:
			r = at(0) >> o.imm
		case shiftSigned:
			r = uint32(int32(at(0)) >> o.imm)
		default:
			r = math.Float32bits(arithmetic(target, o, num, at))
		}
		values[v] = r
	}
	return values
}

// arithmetic computes the operations whose result is a float.
func arithmetic(target *Target, o operation, num func(k int) float32, bits func(k int) uint32) float32 {
	wide := func(k int) float64 { return float64(num(k)) }
	switch o.kind {
	case add:
		return num(0) + num(1)
	case sub:
		return num(0) - num(1)
	case mul:
		return num(0) * num(1)
	case div:
		return num(0) / num(1)
	case maximum:
		if num(0) > num(1) {
			return num(0)
		}
		return num(1)
	case minimum:
		if num(0) < num(1) {
			return num(0)
		}
		return num(1)
	case scale:
		if target.level == kernels.AVX2 { // rounded for each half of the power
			n := int32(bits(2))
			half := n >> 1
			return float32(math.Ldexp(float64(float32(math.Ldexp(wide(0), int(half)))), int(n-half)))
		}
		return float32(math.Ldexp(wide(0), int(math.Floor(wide(1)))))
	case sqrt:
		return float32(math.Sqrt(wide(0)))
	case toFloat:
		return float32(int32(bits(0)))
	case fromUnsigned:
		return float32(bits(0))
	case round:
		f := map[Rounding]func(float64) float64{NearestEven: math.RoundToEven, Down: math.Floor, Up: math.Ceil}
		return float32(f[Rounding(o.imm)](wide(0)))
	case fma:
		return fused(wide(0), wide(1), wide(2))
	case addMul:
		return fused(wide(1), wide(2), wide(0))
	case subMul:
		return fused(-wide(1), wide(2), wide(0))
	}
	panic("no twin")
}

// fused is x·y + z rounded once to float32. The product of two float32 is exact in float64. The sum is made odd where
// it isn't exact, so that rounding it again rounds as if once.
func fused(x, y, z float64) float32 {
	product := x * y
	sum := product + z
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return float32(sum)
	}
	back := sum - product
	lost := (product - (sum - back)) + (z - back)
	if bits := math.Float64bits(sum); lost != 0 && bits&1 == 0 {
		if (lost > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
		sum = math.Float64frombits(bits)
	}
	return float32(sum)
}

func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// holds is a comparison as the predicates define it.
func holds(p Predicate, a, b float32) bool {
	switch p {
	case Equal:
		return a == b
	case NotEqual:
		return a != b
	case Unordered:
		return a != a || b != b
	case Less:
		return a < b
	case LessEqual:
		return a <= b
	case Greater:
		return a > b
	case GreaterEqual:
		return a >= b
	case NotGreaterEqual:
		return !(a >= b)
	case NotLessEqual:
		return !(a <= b)
	}
	panic("no twin")
}
