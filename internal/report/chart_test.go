package report

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"
	"pgregory.net/rapid"
)

// TestTicks: ticks are multiples of 1, 2 or 5 times a power of ten, rise within the range, and are few but not too few.
func TestTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Float64Range(-1e6, 1e6).Draw(t, "from")
		span := math.Pow(10, rapid.Float64Range(-2, 9).Draw(t, "span"))
		list := ticks(from, from+span, 5)
		if len(list) < 2 || len(list) > 6 {
			t.Fatalf("%d ticks in [%g, %g]: %v", len(list), from, from+span, list)
		}
		step := list[1] - list[0]
		digit := step / math.Pow(10, math.Floor(math.Log10(step*(1+1e-6))))
		if near := math.Round(digit); math.Abs(digit-near) > 1e-3 || near != 1 && near != 2 && near != 5 {
			t.Fatalf("a step of %g", step)
		}
		for k, at := range list {
			if at < from-1e-6*span || at > from+span*(1+1e-6) || k > 0 && at <= list[k-1] {
				t.Fatalf("%v in [%g, %g]", list, from, from+span)
			}
		}
	})
}

// TestChart: values that no axis can have make no chart, and no coordinate of one is infinite.
func TestChart(t *testing.T) {
	curve := []curveOf{{points: plotter.XYs{{X: 1, Y: -1e308}, {X: 2, Y: 1e308}}}}
	if c := newChart("", curve, -1e308, 1e308); c != nil {
		t.Errorf("an axis of infinite length is drawn: %+v", c)
	}
	c := newChart("", curve, 0, 1)
	if c == nil || strings.ContainsAny(c.Lines[0].Path, "INae") || len(c.Y) < 2 || len(c.X) < 2 {
		t.Errorf("got %+v", c)
	}
	if c := newChart("", []curveOf{{points: plotter.XYs{{X: 5, Y: 3}}}}, 2, 4); c == nil || c.Lines[0].Path == "" {
		t.Error("a single point isn't drawn")
	}
}

// TestNumbers: figures have few digits and no exponent that nobody would write.
func TestNumbers(t *testing.T) {
	for x, want := range map[float64]string{0: "0", math.Copysign(0, -1): "0", -1.5: "−1.5", 12345: "12345",
		1e6: "1e06", 0.00012: "0.00012", -2.5e-7: "−2.5e−07"} {
		if got := number(x); got != want {
			t.Errorf("%g is %q, want %q", x, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1 000", -1234567: "-1 234 567"} {
		if got := count(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

// TestCommandOf: a command says all that a report was made with, or there is none.
func TestCommandOf(t *testing.T) {
	const fid = `{"command":"eval fid","measure":{"metric":"fid","network":"lenet-mnist","reference":"mnist:test",` +
		`"reference_count":10000,"count":500,"options":{"extrapolate":false}},"samples":{"run":"runs/a","step":40,` +
		`"seed":7,"solver":"heun","steps":8,"nfe":16,"guidance":0.5}}`
	const want = "eval fid --checkpoint 40 -n 500 --seed 7 --solver heun --steps 8 --guidance 0.5 --features " +
		"lenet-mnist --reference test --reference-n 10000"
	for text, want := range map[string]string{
		fid: want, strings.Replace(fid, `"extrapolate":false`, `"extrapolate":true`, 1): "",
		strings.Replace(fid, `"nfe"`, `"sigma"`, 1): "", strings.Replace(fid, `mnist:test`, `cifar10:test`, 1): "",
		strings.Replace(fid, `"run":"runs/a",`, ``, 1): "", `{}`: "", `{"command":"eval fid","measure":7}`: "",
		strings.Replace(fid, `"seed":7`, `"seed":9223372036854775807`, 1): "",
	} {
		var report map[string]any
		if err := json.Unmarshal([]byte(text), &report); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(commandOf(report, "mnist"), " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
