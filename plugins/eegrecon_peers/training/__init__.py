"""Training through a diffusion model: pictures as latents, and the loss of a denoiser on them."""
