package engine

import (
	"strings"
	"testing"
)

func TestBest(t *testing.T) {
	for _, c := range []struct {
		xla  bool
		gpus int
		want string
	}{{false, 0, "simd"}, {false, 1, "simd"}, {true, 0, "simd"}, {true, 1, "xla:cuda"}, {true, 8, "xla:cuda"}} {
		if got := best(c.xla, c.gpus).String(); got != c.want {
			t.Errorf("best of xla %v and %d GPUs is %s, want %s", c.xla, c.gpus, got, c.want)
		}
	}
}

// Each error is one line that names what was got and what there is.
func TestParseErrors(t *testing.T) {
	cases := map[string][]string{
		"tensorflow": {`"tensorflow"`, "simd"},
		"go":         {`"go"`, "simd"},
		"auto:x":     {`"x"`, "simd:x"},

		"simd:bogus":              {"simd:bogus", `"bogus"`, "workers=N"},
		"simd:workers=1,fuse=yes": {"fuse", "yes", "on or off"},
	}
	if compiled {
		cases["xla:tpu"] = []string{`"tpu"`, "xla:cuda", "xla:cpu"}
		cases["xla:cpu,fast"] = []string{`"fast"`, "tf32"}
		cases["xla:cuda,memory=2"] = []string{"memory=2", "memory=0.9"}
		cases["xla:cuda,memory=NaN"] = []string{"memory=NaN", "memory=0.9"}
	} else {
		cases["xla:cuda"] = []string{"no XLA", "make build-gpu", "simd"}
		cases["xla"] = []string{"no XLA", "make build-gpu"}
	}
	for name, parts := range cases {
		_, err := Parse(name)
		checkLine(t, name, err, parts...)
	}
}

func TestParse(t *testing.T) {
	names := map[string]string{"simd": "simd", "simd:workers=1,memory=1GiB": "simd:workers=1,memory=1GiB"}
	if compiled {
		names["xla:cpu"] = "xla:cpu"
		names["xla:cuda,tf32,memory=0.5"] = "xla:cuda,tf32,memory=0.5"
	}
	for name, want := range names {
		c, err := Parse(name)
		if err != nil || c.String() != want {
			t.Errorf("Parse(%q) is %q, %v; want %q", name, c, err, want)
		}
	}
	for _, name := range []string{"", Auto} {
		if c, err := Parse(name); err != nil || c != best(compiled, gpus()) {
			t.Errorf("Parse(%q) is %v, %v; want the best, %v", name, c, err, best(compiled, gpus()))
		}
	}
}

func TestDevicesThatAreNot(t *testing.T) {
	simd := Choice{engine: simdName}
	if err := simd.Check(1); err != nil {
		t.Error(err)
	}
	checkLine(t, "0 devices", simd.Check(0), "0 devices", "at least 1")
	checkLine(t, "2 devices of simd", simd.Check(2), "2 devices", "simd", "devices", "xla:cuda")
	if n := gpus(); n == 0 {
		checkLine(t, "no GPU", Choice{engine: xlaName, device: cudaDevice}.Check(1), "no NVIDIA GPU", "simd")
	} else {
		checkLine(t, "GPUs", Choice{engine: xlaName, device: cudaDevice}.Check(n+1), "devices")
	}
	if _, err := simd.Open(2); err == nil {
		t.Error("Open gave 2 devices of simd")
	}
}

func TestOpenSIMD(t *testing.T) {
	e, err := Open("simd:workers=1")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Backend.Finalize()
	if e.Backend.Name() != "simd" || e.Choice.String() != "simd:workers=1" || !strings.HasPrefix(e.Describe(), "simd") {
		t.Errorf("opened %s by %s, %s", e.Backend.Name(), e.Choice, e.Describe())
	}
	if want := "simd on " + e.Backend.DeviceDescription(0); e.Device() != want {
		t.Errorf("device %q, want %q", e.Device(), want)
	}
	if _, _, ok := e.Memory(); ok {
		t.Error("simd counts a device's memory")
	}
	if _, err := Open("simd:bogus"); err == nil {
		t.Error("Open took an option that there isn't")
	}
}

func TestProfiled(t *testing.T) {
	for name, want := range map[string]string{"simd": "simd:profile=on",
		"simd:workers=1": "simd:workers=1,profile=on"} {
		c, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := c.Profiled(); !ok || got.String() != want {
			t.Errorf("%s profiled is %s, %v; want %s", name, got, ok, want)
		}
	}
	if _, ok := (Choice{engine: xlaName, device: cpuDevice}).Profiled(); ok {
		t.Error("XLA is profiled")
	}
}

// checkLine checks that err is one line with all parts.
func checkLine(t *testing.T, name string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", name)
		return
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: more than a line: %q", name, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %q does not say %q", name, err, part)
		}
	}
}

// What decides the bits is kept, what doesn't isn't: shards of two numbers of workers merge.
func TestRounding(t *testing.T) {
	for name, want := range map[string]string{"simd": "simd", "simd:workers=1,memory=1GiB": "simd",
		"simd:workers=1,winograd=off": "simd:winograd=off"} {
		c, err := Parse(name)
		if err != nil || c.Rounding() != want {
			t.Errorf("%s rounds as %q, %v; want %q", name, c.Rounding(), err, want)
		}
	}
	if got := (Choice{engine: xlaName, device: cudaDevice, tf32: true, memory: .5}).Rounding(); got != "xla:cuda,tf32" {
		t.Errorf("xla:cuda,tf32,memory=0.5 rounds as %q", got)
	}
}
