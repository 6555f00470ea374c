package main

import (
	"strings"
	"testing"
	"time"
)

// The network has the parameters of the example: three pairs of convolutions and two dense layers, each but the last
// with two numbers a channel if normalised.
func TestMeasure(t *testing.T) {
	plain := 0
	for _, c := range [][2]int{{3, 32}, {32, 32}, {32, 64}, {64, 64}, {64, 128}, {128, 128}} {
		plain += 9*c[0]*c[1] + c[1]
	}
	plain += 2048*128 + 128 + 128*10 + 10
	for normalised, want := range map[bool]int{false: plain, true: plain + 2*(2*32+2*64+2*128+128)} {
		var out strings.Builder
		if err := measure(&out, "simd", 2, normalised, time.Microsecond); err != nil {
			t.Fatal(err)
		}
		m, err := parse(out.String())
		if err != nil || m.params != want || m.batch != 2 || !(m.step > 0) {
			t.Errorf("normalised %t: %v, error %v, want %d parameters", normalised, m, err, want)
		}
	}
}

// GoMLX's own backend has no gradient of max pooling: its forward pass is measured all the same.
func TestForwardAlone(t *testing.T) {
	var out strings.Builder
	if err := measure(&out, "go", 1, false, time.Microsecond); err != nil {
		t.Fatal(err)
	}
	if m, err := parse(out.String()); err != nil || m.step != 0 || !(m.forward > 0) {
		t.Errorf("%v, error %v", m, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, line := range []string{"", "cnn", "cnn params=1 batch=0 step_ms=1 forward_ms=1",
		"cnn params=1 batch=1 step_ms=1 forward_ms=NaN", "cnn params=1 batch=1 step_ms=-1 forward_ms=1"} {
		if m, err := parse(line); err == nil {
			t.Errorf("parse(%q) = %v, want an error", line, m)
		}
	}
}

// The table has medians over the rounds, and the ratio of the first program's time.
func TestTable(t *testing.T) {
	var out strings.Builder
	err := table(&out, []string{"simd", "go"}, []int{4}, map[cell][]measurement{
		{"simd", 4}: {{9, 4, 10, 2}, {9, 4, 50, 2}, {9, 4, 20, 2}}, {"go", 4}: {{9, 4, 0, 8}},
	})
	want := `| | parameters | step, batch 4 | forward, batch 4 |
|---|---|---|---|
| simd | 9 | 20 ms | 2 ms |
| go | 9 | no | 8 ms (0.25) |
`
	if err != nil || !strings.HasPrefix(out.String(), want) {
		t.Errorf("error %v, table\n%s", err, &out)
	}
}
