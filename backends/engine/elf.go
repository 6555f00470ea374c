package engine

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
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
	remedy := fmt.Sprintf("remove %s, or %s", path, remedy(device))
	f, err := elf.Open(path)
	var malformed *elf.FormatError
	switch {
	case errors.As(err, &malformed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("engine: %s is no shared library; %s", path, remedy)
	case err != nil:
		return fmt.Errorf("engine: cannot read the plugin: %w; %s", err, remedy)
	}
	defer f.Close()
	if want, ok := machines[runtime.GOARCH]; ok && f.Machine != want {
		return fmt.Errorf("engine: plugin %s is for another processor, %s, and this is %s; %s",
			path, f.Machine, want, remedy)
	}
	if f.Type != elf.ET_DYN {
		return fmt.Errorf("engine: %s is no shared library but %s; %s", path, f.Type, remedy)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return fmt.Errorf("engine: %s is damaged (%v); %s", path, err, remedy)
	}
	if !slices.ContainsFunc(symbols,
		func(s elf.Symbol) bool { return s.Name == entryPoint && s.Section != elf.SHN_UNDEF }) {
		return fmt.Errorf("engine: %s is no PJRT plugin, it exports no %s; %s", path, entryPoint, remedy)
	}
	return nil
}
