//go:build xla

package engine

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

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
