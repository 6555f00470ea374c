package arrays

import "math"

// FromBFloat16 widens the bits of a bfloat16.
func FromBFloat16(b uint16) float32 { return math.Float32frombits(uint32(b) << 16) }

// ToBFloat16 rounds to the nearest bfloat16, ties to even; NaNs stay NaNs and keep their sign.
func ToBFloat16(x float32) uint16 {
	b := math.Float32bits(x)
	if x != x {
		return uint16(b>>16) | 0x40 // quiet
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// FromFloat16 widens the bits of an IEEE 754 binary16.
func FromFloat16(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp, frac := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exp {
	case 0: // zero or subnormal: frac·2⁻²⁴
		x := float32(frac) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(x) | sign)
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}

// ToFloat16 rounds to the nearest binary16, ties to even; overflow gives an infinity, NaNs stay NaNs.
func ToFloat16(x float32) uint16 {
	b := math.Float32bits(x)
	sign := uint16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000:
		return sign | 0x7e00 | uint16(b>>13&0x3ff)
	case b >= 0x47800000: // 2¹⁶ and above, infinity
		return sign | 0x7c00
	case b < 0x38800000: // below 2⁻¹⁴: count in units of 2⁻²⁴; adding ½ lets the float unit round
		units := math.Float32bits(math.Float32frombits(b) + 0.5)
		return sign | uint16(units-math.Float32bits(0.5))
	}
	b -= (127 - 15) << 23
	return sign | uint16((b+0xfff+b>>13&1)>>13)
}

// narrow rounds to float32 so that rounding once more, to 16 bits, gives what rounding x once would: the last
// bit of an inexact result is made odd (Boldo, Melquiond, "Emulation of FMA and correctly rounded sums").
func narrow(x float64) float32 {
	f := float32(x)
	if float64(f) == x || x != x {
		return f
	}
	if math.IsInf(float64(f), 0) {
		return float32(math.Copysign(math.MaxFloat32, x))
	}
	b := math.Float32bits(f)
	if b&1 == 1 {
		return f
	}
	if math.Abs(float64(f)) > math.Abs(x) {
		return math.Float32frombits(b - 1)
	}
	return math.Float32frombits(b | 1)
}
