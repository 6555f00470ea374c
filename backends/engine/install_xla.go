//go:build xla

package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"github.com/gomlx/go-xla/pkg/installer"
	"github.com/gomlx/gomlx/backends/xla"
)

// cuda13Driver is the first driver that runs CUDA 13.
const cuda13Driver = 580

// install brings a device's plugin into ~/.local/lib/go-xla by go-xla's installer, unless GOMLX_NO_AUTO_INSTALL is set.
func install(device string) error {
	if _, off := os.LookupEnv(xla.NoAutoInstallEnv); off {
		return errors.New(xla.NoAutoInstallEnv + " is set")
	}
	lib, err := installer.DefaultHomeLibPath()
	if err != nil {
		return err
	}
	folder := filepath.Join(lib, "go-xla")
	stdout := os.Stdout // where the installer says what it does, and where pictures go
	os.Stdout = os.Stderr
	defer func() { os.Stdout = stdout }()
	if device == cpuDevice {
		return installer.CPUAutoInstall(folder, true, installer.Normal)
	}
	return installCUDA(folder)
}

var driverVersion = regexp.MustCompile(`Kernel Module.*?\s(\d+)\.\d`)

// cudaRelease is the plugin that suits the NVIDIA driver whose /proc/driver/nvidia/version is text.
func cudaRelease(text string) string {
	if m := driverVersion.FindStringSubmatch(text); m != nil {
		if major, err := strconv.Atoi(m[1]); err == nil && major < cuda13Driver {
			return "cuda12"
		}
	}
	return "cuda13"
}

// errNoPlugin is the error where no plugin was found, and installing one failed with cause, or was not tried.
func errNoPlugin(device string, cause error) error {
	if cause != nil {
		return fmt.Errorf("engine: found no PJRT plugin for %s on %s/%s and could not install one (%v); %s", device, runtime.GOOS, runtime.GOARCH, oneLine(cause), remedy(device))
	}
	return fmt.Errorf("engine: found no PJRT plugin for %s on %s/%s; %s", device, runtime.GOOS, runtime.GOARCH, remedy(device))
}

// oneLine is the first line of an error.
func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
