package main

import "fmt"

func init() { families["gemm64"] = gemm64Kernel }

// gemm64Kernel emits the micro-kernel for float64, kernels.Gemm64, of 6 rows and 8 columns. Its sums take 24 of the 32
// registers, two columns each.
func gemm64Kernel(f *file) {
	const rows, columns = 6, 8
	name := fmt.Sprintf("gemm%dx%dNEONFloat64", rows, columns)
	g := f.function(name, fmt.Sprintf("is Gemm64.Run for %d rows and %d columns.", rows, columns),
		parameter{name: "k", kind: "int"}, parameter{name: "a", kind: "*float64"},
		parameter{name: "b", kind: "*float64"}, parameter{name: "c", kind: "*float64"},
		parameter{name: "stride", kind: "int"})
	for _, p := range [][2]string{{"k", kReg}, {"a", aReg}, {"b", bReg}, {"c", cReg}, {"stride", cRowReg}} {
		g.line("MOVD %s, %s", g.argument(p[0], ""), p[1])
	}
	var sums [rows][columns / 2]vector
	for i := range sums {
		for j := range sums[i] {
			sums[i][j] = g.pin()
			g.zero(sums[i][j])
		}
	}
	g.label("step")
	var b []vector
	for j := range columns / 2 {
		b = append(b, g.fresh())
		g.load16(b[j], fmt.Sprintf("%d(%s)", 16*j, bReg))
	}
	var a vector
	for i := range sums {
		if i%2 == 0 {
			a = g.fresh()
			g.load16(a, fmt.Sprintf("%d(%s)", 8*i, aReg))
		}
		for j, v := range b {
			g.fmlaDouble(sums[i][j], v, a, i%2)
		}
	}
	g.line("ADD $%d, %s, %s", 8*rows, aReg, aReg)
	g.line("ADD $%d, %s, %s", 8*columns, bReg, bReg)
	g.line("SUBS $1, %s, %s", kReg, kReg)
	g.branch("BNE step")
	for i := range sums {
		for j, v := range sums[i] {
			c, at := g.fresh(), fmt.Sprintf("%d(%s)", 16*j, cReg)
			g.load16(c, at)
			g.faddDouble(v, c, v)
			g.store16(v, at)
		}
		g.line("ADD %s, %s, %s", cRowReg, cReg, cReg)
	}
	g.line("RET")
}
