//go:build xla && linux && amd64

package engine

import (
	"os"
	"path/filepath"

	"github.com/gomlx/go-xla/pkg/installer"
)

// installCUDA installs the plugin and NVIDIA's libraries in folder/nvidia. The folder can be moved afterwards.
func installCUDA(folder string) error {
	driver, _ := os.ReadFile("/proc/driver/nvidia/version") // absent in some containers, which get the newest release
	if err := installer.CudaInstall(cudaRelease(string(driver)), "latest", folder, true, installer.Normal); err != nil {
		return err
	}
	return relink(filepath.Join(folder, "nvidia/bin/ptxas"))
}

// relink makes an absolute link relative to its folder.
func relink(link string) error {
	target, err := os.Readlink(link)
	if err != nil || !filepath.IsAbs(target) {
		return err
	}
	if target, err = filepath.Rel(filepath.Dir(link), target); err != nil {
		return err
	}
	if err := os.Remove(link); err != nil {
		return err
	}
	return os.Symlink(target, link)
}
