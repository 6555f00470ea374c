package main

import "fmt"

func init() { families["vecmove"] = transpose }

// transpose emits the kernel that transposes a strip of 4 rows, 4 columns a turn, in two rounds of shuffles.
func transpose(f *file) {
	g := f.function("transpose4NEON", "sets dst[c*dstStride+r] = src[r*srcStride+c] for r < 4 and c < cols, a "+
		"multiple of 4.", parameter{name: "dst", kind: "*float32"}, parameter{name: "dstStride", kind: "int"},
		parameter{name: "src", kind: "*float32"}, parameter{name: "srcStride", kind: "int"},
		parameter{name: "cols", kind: "int"})
	for i, name := range []string{"dst", "dstStride", "src", "srcStride", "cols"} {
		g.line("MOVD %s, R%d", g.argument(name, ""), i)
	}
	g.line("LSL $2, R1, R1")
	g.line("LSL $2, R3, R3")
	for i := range 3 {
		g.line("ADD R3, R%d, R%d", []int{2, 5, 6}[i], 5+i)
	}
	g.label("loop")
	rows := make([]vector, 4)
	for i, p := range []string{"R2", "R5", "R6", "R7"} {
		rows[i] = g.fresh()
		g.load16(rows[i], "("+p+")")
		g.line("ADD $16, %s, %s", p, p)
	}
	for _, v := range g.transposed(rows) {
		g.store16(v, "(R0)")
		g.line("ADD R1, R0, R0")
	}
	g.line("SUBS $4, R4, R4")
	g.branch("BGT loop")
	g.line("RET")
}

// transposed returns the columns of four rows.
func (g *function) transposed(rows []vector) (columns []vector) {
	zip := func(name string, a, b vector) vector {
		d := g.fresh()
		g.native(name+" V%[3]d.S4, V%[2]d.S4, V%[1]d.S4", d, a, b)
		return d
	}
	even := []vector{zip("VZIP1", rows[0], rows[2]), zip("VZIP2", rows[0], rows[2])}
	odd := []vector{zip("VZIP1", rows[1], rows[3]), zip("VZIP2", rows[1], rows[3])}
	for c := range 4 {
		columns = append(columns, zip(fmt.Sprintf("VZIP%d", 1+c%2), even[c/2], odd[c/2]))
	}
	return columns
}
