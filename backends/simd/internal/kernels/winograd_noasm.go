//go:build purego || !(amd64 || arm64)

package kernels

// winogradVector reports that there are no vector kernels.
func winogradVector(winogradKind, *WinogradTiles) bool { return false }
