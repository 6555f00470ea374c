package flags

import (
	"fmt"
	"strconv"
	"strings"
)

// NetworkNames are the flags of the network that 0 has no meaning for: in a configuration it stands for the preset's.
var NetworkNames = []string{"size", "channels", "base", "multipliers", "blocks", "patch", "time-scale", "hidden"}

// networkHelp has the help of the flags of the network, by their keys.
var networkHelp = map[string]string{
	"size":     "height and width of the images in pixels (default: the preset's)",
	"channels": "channels of the images of a folder, 1 for grey or 3 for colour (default: the preset's)",
	"base":     "channels of the U-Net at full resolution (default: the preset's)",
	"multipliers": "channel multipliers of --base, one for each resolution, as in 1,2,2: full resolution first, each " +
		"next one half as high and wide (default: the preset's)",
	"blocks": "residual blocks at each resolution of the U-Net (default: the preset's)",
	"attention": "resolutions in pixels with self-attention, as in 16,8, besides the middle of the U-Net, which " +
		"always has it; 0 for the middle alone (default: the preset's)",
	"patch": "patch size p: p×p pixels enter the U-Net as one, with p² times the channels (default: the preset's)",
	"time_scale": "highest frequency of the U-Net's time embedding, in radians per unit of t; a lower one makes the " +
		"action smoother in t, and sampling needs fewer steps (default: the preset's)",
	"hidden": "widths of the hidden layers of the MLP for points, as in 256,256,256 (default: the preset's)",
}

// wholeNumbers is a flag of whole numbers with commas between. Given twice, the last counts.
type wholeNumbers struct{ list *[]int }

// String implements pflag.Value.
func (w *wholeNumbers) String() string {
	if w == nil || w.list == nil {
		return ""
	}
	var words []string
	for _, n := range *w.list {
		words = append(words, strconv.Itoa(n))
	}
	return strings.Join(words, ",")
}

// Set implements pflag.Value. The numbers are plain decimal ones, see [integerFlag].
func (w *wholeNumbers) Set(text string) error {
	list := []int{}
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			return fmt.Errorf("%q is no whole number", word)
		}
		list = append(list, n)
	}
	*w.list = list
	return nil
}

// Type implements pflag.Value.
func (w *wholeNumbers) Type() string { return "intSlice" }
