package engine

import (
	"debug/elf"
	"errors"
	"io"
	"runtime"
	"slices"

	"github.com/amgen/amgen/internal/mistake"
)

// entryPoint is the function that every PJRT plugin exports.
const entryPoint = "GetPjrtApi"

// machines are the ELF names of the processors that Go runs on and XLA has plugins for.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// checkLibrary reads a plugin's headers without loading it. It returns an error for a file that is for another
// processor or isn't a plugin. On systems other than Linux it checks nothing.
func checkLibrary(path, device string) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	remedy := "; remove %s, or " + remedy(device)
	f, err := elf.Open(path)
	var malformed *elf.FormatError
	switch {
	case errors.As(err, &malformed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return mistake.Fail("engine: %s is no shared library"+remedy, path, path)
	case err != nil:
		return mistake.Fail("engine: cannot read the plugin: %w"+remedy, err, path)
	}
	defer f.Close()
	if want, ok := machines[runtime.GOARCH]; ok && f.Machine != want {
		return mistake.Fail("engine: plugin %s is for another processor, %s, and this is %s"+remedy, path, f.Machine,
			want,
			path)
	}
	if f.Type != elf.ET_DYN {
		return mistake.Fail("engine: %s is no shared library but %s"+remedy, path, f.Type, path)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return mistake.Fail("engine: %s is damaged (%v)"+remedy, path, err, path)
	}
	if !slices.ContainsFunc(symbols,
		func(s elf.Symbol) bool { return s.Name == entryPoint && s.Section != elf.SHN_UNDEF }) {
		return mistake.Fail("engine: %s is no PJRT plugin, it exports no %s"+remedy, path, entryPoint, path)
	}
	return nil
}
