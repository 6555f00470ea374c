package jit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

func TestFirst(t *testing.T) {
	if !Available() {
		t.Skip()
	}
	n := 37
	a, b, d := make([]float32, n+20), make([]float32, n+20), make([]float32, n+20)
	for i := range a {
		a[i], b[i] = rand.Float32(), rand.Float32()
	}
	var c Chain
	x, y := c.Tile(0), c.Tile(1)
	z := c.Add(c.Mul(x, y), c.Element(1))
	c.Store(c.Sub(z, c.Number(2)), 2)
	code, mem, err := c.Assemble()
	fmt.Println(len(code), mem, err)
	l := Load([][]byte{code})
	l.Run(0, []unsafe.Pointer{unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]), unsafe.Pointer(&d[0])}, make([]byte, mem), n)
	for i := range n {
		want := float32(a[i]*b[i]) + b[0]
		want -= 2
		if math.Float32bits(want) != math.Float32bits(d[i]) {
			t.Fatal(i, want, d[i])
		}
	}
	if d[n] != 0 {
		t.Fatal("beyond")
	}
}
