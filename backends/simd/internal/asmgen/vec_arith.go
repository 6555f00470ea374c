package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/reg"
)

func init() { families["vecarith"] = vecArith }

// vecArith emits the kernels that are one operation of IEEE arithmetic, or nearly so.
func vecArith() {
	binary := []struct {
		name, symbol string
		op           func(v isa, a, b VecVirtual) VecVirtual
	}{
		{"add", "+", func(v isa, a, b VecVirtual) VecVirtual { return v.add(a, b) }},
		{"sub", "-", func(v isa, a, b VecVirtual) VecVirtual { return v.sub(a, b) }},
		{"mul", "*", func(v isa, a, b VecVirtual) VecVirtual { return v.mul(a, b) }},
		{"div", "/", func(v isa, a, b VecVirtual) VecVirtual { return v.div(a, b) }},
		{"max", "max1", isa.maxNaN},
		{"min", "min1", isa.minNaN},
	}
	for _, b := range binary {
		two, scalarFirst := b.op, func(v isa, a, s VecVirtual) VecVirtual { return b.op(v, s, a) }
		elementwise{name: b.name, doc: infix(b.symbol, "a[i]", "b[i]"), inputs: []string{"a", "b"}, unroll: 4,
			setup: func(v isa) formula {
				return func(in []VecVirtual) VecVirtual {
					return two(v, in[0],
						in[1])
				}
			}}.emit()
		withScalar(b.name+"Scalar", infix(b.symbol, "a[i]", "s"), two)
		if b.name == "sub" || b.name == "div" {
			withScalar("scalar"+map[string]string{"sub": "Sub", "div": "Div"}[b.name], infix(b.symbol, "s", "a[i]"),
				scalarFirst)
		}
	}
	elementwise{name: "mulAdd", doc: "fma1(a[i], b[i], c[i])", inputs: []string{"a", "b", "c"}, unroll: 4,
		setup: func(v isa) formula {
			return func(in []VecVirtual) VecVirtual { return v.fma(in[0], in[1], in[2]) }
		}}.emit()
	vecUnary()
	fill()
}

func infix(symbol, a, b string) string {
	if len(symbol) > 1 {
		return symbol + "(" + a + ", " + b + ")"
	}
	return a + " " + symbol + " " + b
}

func withScalar(name, doc string, op func(v isa, a, s VecVirtual) VecVirtual) {
	elementwise{name: name, doc: doc, inputs: []string{"a"}, scalar: "s", unroll: 4, setup: func(v isa) formula {
		s := v.param("s")
		return func(in []VecVirtual) VecVirtual { return op(v, in[0], s) }
	}}.emit()
}

// maxNaN is max1 of the twins: the instruction alone would lose a NaN in a.
func (v isa) maxNaN(a, b VecVirtual) VecVirtual {
	return v.choose(v.compare(unordered, a, a), a, v.max(a, b))
}

func (v isa) minNaN(a, b VecVirtual) VecVirtual {
	return v.choose(v.compare(unordered, a, a), a, v.min(a, b))
}

const signBit = 1 << 31

// vecUnary emits the unary kernels of vec_unary.go.
func vecUnary() {
	unary := []struct {
		name, doc string
		unroll    int
		op        func(v isa, x VecVirtual) VecVirtual
	}{
		{"neg", "-a[i]", 4, func(v isa, x VecVirtual) VecVirtual { return v.xor(x, u32(signBit)) }},
		{"abs", "|a[i]|", 4, func(v isa, x VecVirtual) VecVirtual { return v.and(x, u32(signBit-1)) }},
		{"sqrt", "√a[i]", 2, func(v isa, x VecVirtual) VecVirtual { return v.sqrt(x) }},
		{"rsqrt", "1 / √a[i], rounded twice", 2, func(v isa, x VecVirtual) VecVirtual {
			return v.div(v.load(f32(1)), v.sqrt(x))
		}},
		{"recip", "1 / a[i]", 2, func(v isa, x VecVirtual) VecVirtual { return v.div(v.load(f32(1)), x) }},
		{"sign", "±1 by the sign of a[i], or a[i] itself if it is zero or NaN", 2,
			func(v isa, x VecVirtual) VecVirtual {
				one := v.or(v.and(x, u32(signBit)), f32(1))
				return v.choose(v.compare(notEqualOrd, x, f32(0)), one, x)
			}},
		{"floor", "a[i] rounded to an integer towards -Inf", 4,
			func(v isa, x VecVirtual) VecVirtual { return v.round(x, towardsMinusInf) }},
		{"ceil", "a[i] rounded to an integer towards +Inf", 4,
			func(v isa, x VecVirtual) VecVirtual { return v.round(x, towardsPlusInf) }},
		{"round", "a[i] rounded to the nearest integer, ties to even", 4,
			func(v isa, x VecVirtual) VecVirtual { return v.round(x, nearestEven) }},
	}
	for _, u := range unary {
		mapUnary(u.name, u.doc, u.unroll, u.op)
	}
}

func mapUnary(name, doc string, unroll int, op func(v isa, x VecVirtual) VecVirtual) {
	elementwise{name: name, doc: doc, inputs: []string{"a"}, unroll: unroll, setup: func(v isa) formula {
		return func(in []VecVirtual) VecVirtual { return op(v, in[0]) }
	}}.emit()
}

// fill emits the kernel that sets every element to one value.
func fill() {
	for _, v := range isas {
		TEXT("fill"+v.name, NOSPLIT, "func(dst []float32, s float32)")
		Doc("fill" + v.name + " sets dst[i] = s for every i < len(dst).")
		Pragma("noescape")
		dst := Load(Param("dst").Base(), GP64())
		l := loop{v: v, n: Load(Param("dst").Len(), GP64()), i: GP64()}
		s := v.param("s")
		XORQ(l.i, l.i)
		for _, u := range []int{4, 1} {
			l.whole(u, func() {
				for r := range u {
					VMOVUPS(s, l.at(dst, r))
				}
			})
		}
		l.rest(func(mask Register) { v.storeMasked(s, l.at(dst, 0), mask) })
		VZEROUPPER()
		RET()
	}
}
