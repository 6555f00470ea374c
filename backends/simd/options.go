package simd

import (
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/memory"
)

// options are what a backend's configuration says; the package documentation describes each.
type options struct {
	workers                 int   // 0: as many as Go runs at once
	memory                  int64 // bytes; 0: what the machine has
	fuse, winograd, profile bool
}

// maxWorkers is more than machines have cores. Starting as many as anybody may type would take minutes.
const maxWorkers = 4096

// optionParsers holds a function for each option, which reads its value and returns what to write instead if it cannot.
var optionParsers = map[string]func(o *options, value string) (want string){
	"workers": func(o *options, value string) string {
		var err error
		if o.workers, err = strconv.Atoi(value); err != nil || o.workers < 1 || o.workers > maxWorkers {
			return "a number from 1 to " + strconv.Itoa(maxWorkers)
		}
		return ""
	},
	"memory": func(o *options, value string) string {
		var ok bool
		if o.memory, ok = memory.ParseSize(value); !ok {
			return "a size as 4GiB or 512MB"
		}
		return ""
	},
	"fuse":     func(o *options, value string) string { return parseSwitch(&o.fuse, value) },
	"winograd": func(o *options, value string) string { return parseSwitch(&o.winograd, value) },
	"profile":  func(o *options, value string) string { return parseSwitch(&o.profile, value) },
}

// CheckConfig returns the error that New would return for a configuration. It starts nothing.
func CheckConfig(config string) error {
	_, err := parseOptions(config)
	return err
}

// parseOptions reads a comma-separated list of option=value.
func parseOptions(config string) (options, error) {
	o := options{fuse: true, winograd: true}
	for option := range strings.SplitSeq(config, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		if key == "" {
			continue
		}
		parse := optionParsers[key]
		if parse == nil {
			return o, errors.Errorf("simd: unknown option %q; the options are workers=N, memory=SIZE, "+
				"winograd=on|off, fuse=on|off and profile=on|off", key)
		}
		if want := parse(&o, value); want != "" {
			return o, errors.Errorf("simd: option %s, got %q; use %s", key, value, want)
		}
	}
	return o, nil
}

func parseSwitch(to *bool, value string) (want string) {
	if value != "on" && value != "off" {
		return "on or off"
	}
	*to = value == "on"
	return ""
}
