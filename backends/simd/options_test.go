package simd

import (
	"strings"
	"testing"
)

// TestOptions reads good and bad configurations.
func TestOptions(t *testing.T) {
	const gib = 1 << 30
	for config, want := range map[string]options{
		"":                                    {0, 0, true, true, false},
		"workers=3, fuse=off,profile=on":      {3, 0, false, true, true},
		"winograd=off,memory=6GiB":            {0, 6 * gib, true, false, false},
		"memory=1.5GiB,fuse=on,winograd=on":   {0, 3 * gib / 2, true, true, false},
		"memory=250 MB":                       {0, 250e6, true, true, false},
		"memory=4096":                         {0, 4096, true, true, false},
		"memory=1B,":                          {0, 1, true, true, false},
		"memory=2TiB,workers=1,memory=2KiB":   {1, 2048, true, true, false},
		"workers=1,winograd=on,winograd=off ": {1, 0, true, false, false},
	} {
		if got, err := parseOptions(config); err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", config, got, err, want)
		}
	}
	for config, want := range map[string]string{
		"workers=0": "from 1 to 4096", "workers=two": "from 1 to 4096", "workers=1000000": "from 1 to 4096",
		"workers=4097": "4096", "fuse": "on or off", "winograd=no": "on or off",
		"memory=": "4GiB", "memory=-1GiB": "4GiB", "memory=GiB": "4GiB", "memory=1e300": "4GiB", "memory=NaN": "4GiB",
		"memory=0": "4GiB", "turbo": "winograd=on|off", "winograd=off fuse=off": "on or off",
	} {
		if got, err := parseOptions(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, error %v; want an error with %q", config, got, err, want)
		}
	}
}
