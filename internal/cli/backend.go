package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/backends"

	_ "github.com/amgen/amgen/backends/simd" // the default engine
)

const defaultBackend = "simd"

// backendNames lists the engines compiled in, the default first.
func backendNames() string {
	names := backends.List()
	slices.Sort(names)
	names = slices.DeleteFunc(names, func(n string) bool { return n == defaultBackend })
	return strings.Join(append([]string{defaultBackend}, names...), ", ")
}

// backendHelp describes the flag --backend.
func backendHelp() string {
	return "compute engine, NAME or NAME:OPTIONS as in simd:workers=1,memory=4GiB,winograd=off: " + backendNames()
}

// knownBackend is a usage error for an engine that this binary doesn't have.
func knownBackend(config string) error {
	name, _, _ := strings.Cut(config, ":")
	if slices.Contains(backends.List(), name) {
		return nil
	}
	return usagef("unknown --backend %q; this binary has %s (xla needs a build with -tags xla)", config, backendNames())
}

// openBackend starts an engine by its configuration, NAME or NAME:CONFIG.
func openBackend(config string) (b backends.Backend, err error) {
	if err := knownBackend(config); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("backend %s: %v", config, r)
		}
	}()
	if b, err = backends.NewWithConfig(config); err != nil {
		return nil, fmt.Errorf("backend %s: %w", config, err)
	}
	return b, nil
}
