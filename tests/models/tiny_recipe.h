#ifndef DEMD_TESTS_MODELS_TINY_RECIPE_H_
#define DEMD_TESTS_MODELS_TINY_RECIPE_H_

#include "models/run/recipe.h"

namespace demd {

/// A run of a moment that trains a network of every kind.
inline Recipe TinyRecipe() {
  Recipe recipe = QuickRecipe();
  recipe.losses = {LossKind::kTelescope, LossKind::kEmdCnn, LossKind::kEmd,
                   LossKind::kEmdCnnRefreshed};
  recipe.train_wafers = 200;
  recipe.validation_wafers = 40;
  recipe.held_out_wafers = 50;
  recipe.autoencoder_steps = 8;
  recipe.autoencoder_batch = 50;
  recipe.emd_cnn_pairs = 400;
  recipe.emd_cnn.epochs = 2;
  recipe.emd_cnn.batch_size = 50;
  recipe.emd_cnn.network.regions = 8;
  recipe.emd_cnn.network.dense_width = 8;
  return recipe;
}

}  // namespace demd

#endif  // DEMD_TESTS_MODELS_TINY_RECIPE_H_
