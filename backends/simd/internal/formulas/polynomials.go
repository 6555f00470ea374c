package formulas

import "math"

// The polynomials are minimax fits (Remez exchange, weighted by the relative error of the function), their
// coefficients rounded to float32 from the lowest power up with the others fitted again after each. The comment on
// each says what it approximates, where, and the relative error of the function that it leaves.
var (
	// (e^r - 1 - r)/r², |r| ≤ ln2/2, 2^-28.2 of e^r
	expPoly = []float32{0x1.fffffcp-2, 0x1.55548cp-3, 0x1.555858p-5, 0x1.123dep-7, 0x1.6ac74ep-10}
	// the same, 2^-28.2 of e^r - 1
	expm1Poly = []float32{0x1p-1, 0x1.55552cp-3, 0x1.555502p-5, 0x1.1155aap-7, 0x1.6d2e4ep-10, 0x1.3b86b6p-13}
	// (ln(1+f) - f + f²/2)/f³, √½ ≤ 1+f < √2, 2^-27.3
	logPoly = []float32{0x1.555554p-2, -0x1.000228p-2, 0x1.99a036p-3, -0x1.547206p-3, 0x1.22d5b8p-3, -0x1.0d850ap-3,
		0x1.057d92p-3, -0x1.390832p-4}
	// (tanh x - x)/x³ in x², |x| ≤ 0.625, 2^-27.7
	tanhPoly = []float32{-0x1.555532p-2, 0x1.1106f6p-3, -0x1.b835a4p-5, 0x1.51f8cep-6, -0x1.750ce2p-8}
	// (sin x - x)/x³ in x², |x| ≤ π/4, 2^-27.9
	sinPoly = []float32{-0x1.555546p-3, 0x1.110778p-7, -0x1.9953fep-13}
	// (cos x - 1 + x²/2)/x⁴ in x², |x| ≤ π/4, 2^-33
	cosPoly = []float32{0x1.55554ap-5, -0x1.6c0c28p-10, 0x1.99e80cp-16}
	// erf(x)/x - 1 in x², |x| ≤ 0.9, 2^-30
	erfPoly = []float32{0x1.06eba8p-3, -0x1.81274p-2, 0x1.ce2d6p-4, -0x1.b80062p-6, 0x1.543f2ap-8, -0x1.a583bcp-11,
		0x1.4d2864p-14}
	// ln(1 - erf x)/x, 0.9 ≤ x ≤ 4, 2^-29.9
	erfcPoly = []float32{-0x1.20ee5cp+0, -0x1.4538aep-1, -0x1.b2d3bcp-4, 0x1.8435a6p-6, -0x1.d933eap-9, 0x1.4a1f4p-12,
		-0x1.5df54ep-17}
)

const (
	log2e  = float32(1 / math.Ln2)
	ln2Hi  = float32(math.Ln2)
	ln2Lo  = float32(math.Ln2 - float64(ln2Hi))
	shifty = float32(3 << 22) // 1.5 × 2²³: adding it leaves the nearest integer in the low bits
)
