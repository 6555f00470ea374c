//go:build xla

package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/gomlx/go-xla/pkg/installer"
	"github.com/gomlx/gomlx/backends/xla"

	"github.com/amgen/amgen/internal/mistake"
)

// cuda13Driver is the first driver that runs CUDA 13.
const cuda13Driver = 580

// install runs go-xla's installer for a device's plugin, into ~/.local/lib/go-xla, unless GOMLX_NO_AUTO_INSTALL is set.
func install(device string) error {
	if _, off := os.LookupEnv(xla.NoAutoInstallEnv); off {
		return errors.New(xla.NoAutoInstallEnv + " is set")
	}
	lib, err := installer.DefaultHomeLibPath()
	if err != nil {
		return err
	}
	return installInto(filepath.Join(lib, "go-xla"), device, func() bool { return Plugin(device) != "" },
		func(fresh string) error {
			stdout := os.Stdout // the installer prints its progress, and standard output may be a picture
			os.Stdout = os.Stderr
			defer func() { os.Stdout = stdout }()
			if device == cpuDevice {
				return installer.CPUAutoInstall(fresh, true, installer.Normal)
			}
			return installCUDA(fresh)
		})
}

// Names in the folder of plugins.
const (
	installLock = ".install.lock"
	installing  = ".installing" // files of an installation that isn't complete yet
)

// installInto calls bring to fill a fresh folder, and moves its files into folder once they are complete, so that an
// interrupted installation leaves no plugin that could be found. If several processes install, one does and the others
// wait.
//
// The installer downloads to files of fixed names in the user's cache, so it must not run twice at the same time
// either.
func installInto(folder, device string, there func() bool, bring func(fresh string) error) (err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(folder, installLock))
	if _, err := lock.TryLockContext(context.Background(), 200*time.Millisecond); err != nil {
		return fmt.Errorf("lock of %s: %w", folder, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if there() {
		return nil // another process installed it while this one waited
	}
	partial := filepath.Join(folder, installing)
	if err := os.RemoveAll(partial); err != nil { // left by an interrupted installation
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(partial)) }()
	fresh := filepath.Join(partial, "go-xla") // the installer leaves links in the folder above
	if err := os.MkdirAll(fresh, 0o755); err != nil {
		return err
	}
	if err := bring(fresh); err != nil {
		return err
	}
	return moveAll(fresh, folder, device)
}

// moveAll moves the files of a folder into another and replaces those of the same name. Plugins come after all other
// files, and links, which point to plugins, come last.
func moveAll(from, to, device string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	rank := func(e os.DirEntry) int {
		switch {
		case e.Type()&os.ModeSymlink != 0:
			return 2
		case slices.ContainsFunc(patterns[device],
			func(p string) bool { ok, _ := filepath.Match(p, e.Name()); return ok }):
			return 1
		}
		return 0
	}
	slices.SortStableFunc(entries, func(a, b os.DirEntry) int { return rank(a) - rank(b) })
	for _, e := range entries {
		target := filepath.Join(to, e.Name())
		if err := os.RemoveAll(target); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(from, e.Name()), target); err != nil {
			return err
		}
	}
	return nil
}

var driverVersion = regexp.MustCompile(`Kernel Module.*?\s(\d+)\.\d`)

// cudaRelease names the plugin for the NVIDIA driver whose /proc/driver/nvidia/version is text.
func cudaRelease(text string) string {
	if m := driverVersion.FindStringSubmatch(text); m != nil {
		if major, err := strconv.Atoi(m[1]); err == nil && major < cuda13Driver {
			return "cuda12"
		}
	}
	return "cuda13"
}

// errNoPlugin is the error for a missing plugin. The cause is that of a failed installation, or nil.
func errNoPlugin(device string, cause error) error {
	where := runtime.GOOS + "/" + runtime.GOARCH + emptySearchPath()
	if cause != nil {
		return mistake.Fail("engine: found no PJRT plugin for %s on %s, and installing one failed (%v); "+
			remedy(device),
			device, where, oneLine(cause))
	}
	return mistake.Fail("engine: found no PJRT plugin for %s on %s; "+remedy(device), device, where)
}

// emptySearchPath says that the user's search path, if it is set, has no plugin.
func emptySearchPath() string {
	if places := os.Getenv(searchPathVariable); places != "" {
		return ", " + searchPathVariable + "=" + places + " has none"
	}
	return ""
}

// oneLine is the first line of an error.
func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
