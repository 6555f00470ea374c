// Package pixels holds what all packages with images in 8 bits must agree in: their hash, and how samples become
// levels.
package pixels

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
)

// Hash identifies images, row by row with the channels last, and their labels: SHA-256, in hex, of the shape and all of
// them.
func Hash(images []uint8, labels []int32, height, width, channels int) string {
	h := sha256.New()
	n := len(images) / (height * width * channels)
	fmt.Fprintf(h, "amgen images %d %d %d %d labels %d\n", n, height, width, channels, len(labels))
	h.Write(images)
	for _, l := range labels {
		fmt.Fprintf(h, "%d\n", l)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Quantize is k = ⌊(x + 1)·128⌋, clamped to 0…255; of NaN it is 0. Both have one length.
func Quantize(dst []uint8, x []float32) {
	for i, v := range x {
		// The same as ⌊(v + 1)·128⌋, but exact: v + 1 would round a tiny negative v away.
		k := math.Floor(float64(v)*128) + 128
		switch {
		case k >= 255:
			dst[i] = 255
		case k > 0:
			dst[i] = uint8(k)
		default:
			dst[i] = 0
		}
	}
}
